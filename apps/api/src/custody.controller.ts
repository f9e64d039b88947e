/** The custody register over HTTP: which original which office holds since when. Taking and returning are acts on the case. No rule here. */
import { Controller, Get, Inject, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { CaseDesk } from '#event-store/case-desk.js';
import { findCustody } from '#read-models/custody.js';
import { officialOf } from './case.controller.js';
import { isCode } from './fields.js';
import { flag } from './lists.controller.js';
import { malformed } from './problem-details.js';
import { officesInScope, pageOf, refuseUnknown, waitFor } from './queries.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

@ApiTags('custody')
@ApiBearerAuth()
@Controller('custody')
export class CustodyController {
  constructor(
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  @May('FindCustody')
  @Get()
  @ApiOperation({ summary: 'Originals that offices in your scope hold, those held longest first' })
  @ApiQuery({ name: 'office', required: false, description: 'Only what this office holds' })
  @ApiQuery({ name: 'paper', required: false, description: 'Only of this kind, as passport' })
  @ApiQuery({ name: 'returned', required: false, description: 'true: what was held and given back' })
  @ApiQuery({ name: 'after', required: false })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'atLeastPosition', required: false })
  async list(@Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, ['office', 'paper', 'returned', 'after', 'limit', 'atLeastPosition']);
    const { atLeastPosition, ...page } = pageOf(query);
    const { office, paper } = query;
    const returned = flag('returned', query.returned);
    if (office !== undefined && !this.desk.registry.state.offices.has(office))
      throw malformed([{ path: 'office', fault: 'must be an office’s code' }]);
    if (paper !== undefined && !isCode(paper)) throw malformed([{ path: 'paper', fault: 'must be a code, as passport' }]);
    await waitFor(this.tegas, ['custody'], atLeastPosition);
    return findCustody(this.tegas.readModels, {
      officesInScope: officesInScope(this.desk, officialOf(request), this.tegas.time.now()),
      ...(office === undefined ? {} : { office }),
      ...(paper === undefined ? {} : { paper }),
      ...(returned === undefined ? {} : { returned }),
      ...page,
    });
  }
}
